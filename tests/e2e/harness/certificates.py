"""The certificate authority of one test cluster, and the kubeconfigs that use its certificates."""

import secrets
import subprocess
from pathlib import Path

_CLIENT = "extendedKeyUsage=clientAuth"


class Authority:
    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True)
        self.certificate = folder / "ca.crt"
        self._key("ca")
        self._openssl("req", "-x509", "-new", "-key", "ca.key", "-sha256", "-days", "365", "-subj", "/CN=test-cluster",
                      "-addext", "basicConstraints=critical,CA:TRUE",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature", "-out", "ca.crt")

    def server(self, name: str, names: list[str]) -> tuple[Path, Path]:
        """A serving certificate for `names` such as DNS:localhost or IP:10.200.0.1. Returns certificate and key."""
        return self._leaf(name, f"/CN={name}", ["extendedKeyUsage=serverAuth", f"subjectAltName={','.join(names)}"])

    def client(self, name: str, group: str = "") -> tuple[Path, Path]:
        return self._leaf(name, f"/O={group}/CN={name}" if group else f"/CN={name}", [_CLIENT])

    def signing_key(self, name: str) -> tuple[Path, Path]:
        """An RSA pair, public and private, for service account tokens."""
        private, public = self.folder / f"{name}.key", self.folder / f"{name}.pub"
        self._openssl("genrsa", "-out", private.name, "2048")
        self._openssl("rsa", "-in", private.name, "-pubout", "-out", public.name)
        return public, private

    def _leaf(self, name: str, subject: str, extensions: list[str]) -> tuple[Path, Path]:
        self._key(name)
        request, settings = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        settings.write_text("\n".join(["basicConstraints=critical,CA:FALSE",
                                       "keyUsage=critical,digitalSignature,keyEncipherment", *extensions]))
        self._openssl("req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", request.name)
        self._openssl("x509", "-req", "-in", request.name, "-CA", "ca.crt", "-CAkey", "ca.key", "-set_serial",
                      str(secrets.randbits(63)), "-days", "365", "-sha256", "-extfile", settings.name,
                      "-out", f"{name}.crt")
        request.unlink()
        settings.unlink()
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"

    def _key(self, name: str) -> None:
        self._openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", f"{name}.key")
        (self.folder / f"{name}.key").chmod(0o600)

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


def write_kubeconfig(path: Path, server: str, authority: Path, user: dict, namespace: str = "default") -> Path:
    """`user` holds the fields of a kubeconfig user, such as client-certificate and client-key, or token."""
    fields = ", ".join(f'"{key}": "{value}"' for key, value in user.items())
    path.touch(mode=0o600)
    path.write_text(f"""\
apiVersion: v1
kind: Config
clusters: [{{name: test, cluster: {{server: "{server}", certificate-authority: "{authority}"}}}}]
users: [{{name: test, user: {{{fields}}}}}]
contexts: [{{name: test, context: {{cluster: test, user: test, namespace: "{namespace}"}}}}]
current-context: test
""")
    return path

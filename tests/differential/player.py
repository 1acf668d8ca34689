"""Plays a script against one server and masks in its answers what no two servers have in common."""

import http.client
import json
import re
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from script import Script, Step, value_at

_TIMEOUT_SECONDS = 40

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_AGE = re.compile(r"-?(\d+[smhdy])+|<invalid>")
_AGO = re.compile(r"\(\S+ ago\)")
_NUMBER = re.compile(r"\b\d+\b")
_GENERATED = re.compile(r"\bgen-[a-z0-9]{5}\b")  # scripts give this base to names they leave to the server
_GO_DIFF = re.compile(r"\n@@.*", re.DOTALL)  # where Kubernetes shows what may not change, it adds one of its own structs
_GO_STRUCT = re.compile(r"Invalid value: \{.*\}: ", re.DOTALL)  # or shows one
_IN_NO_ORDER = ("causes", "nonResourceRules", "resourceRules")  # made from Go maps
_SECRETS = ("token", "continue", "storageVersionHash", "storageVersion")


@dataclass(frozen=True)
class Exchange:
    """One answer, masked."""

    code: int
    content_type: str
    warnings: list
    body: object


class Player:
    def __init__(self, url: str, token: str, script: Script):
        address = urlsplit(url)
        # Whose certificate it is does not matter here.
        self._connection = http.client.HTTPSConnection(address.hostname, address.port, timeout=_TIMEOUT_SECONDS,
                                                       context=ssl._create_unverified_context())
        self._token = token
        self._script = script
        self._saved: dict[str, str] = {}
        self._masks = Masks(script)

    def play(self) -> list[Exchange]:
        try:
            return [self._exchange(step) for step in self._script.steps]
        finally:
            self._connection.close()

    def _exchange(self, step: Step) -> Exchange:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": step.accept, "User-Agent": "differential/1.0"}
        body = None
        if step.body is not None:
            headers["Content-Type"] = step.content_type
            body = self._fill(step.body if isinstance(step.body, str) else json.dumps(step.body))
        headers.update({name: self._fill(value) for name, value in step.headers.items()})
        headers = {name: value for name, value in headers.items() if value}
        try:
            self._connection.request(step.method, self._fill(step.path), body, headers)
            response = self._connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return Exchange(0, "", [], f"{type(error).__name__}: {error}")
        answer = decoded(text, "watch=" in step.path)
        for name, path in step.save.items():
            self._saved[name] = str(value_at(answer, path))
        return Exchange(response.status, response.headers.get("Content-Type", ""),
                        sorted(response.headers.get_all("Warning") or []), self._masks.apply(answer, step))

    def _fill(self, text: str) -> str:
        return re.sub(r"\$\{(\w+)\}", lambda match: self._saved.get(match[1], match[0]), text)


def decoded(text: str, is_watch: bool):
    """JSON, a list of watch events, or text."""
    try:
        if is_watch and not text.startswith('{"kind":"Status"'):
            return [json.loads(line) for line in text.splitlines()]
        return json.loads(text)
    except ValueError:
        return text


class Masks:
    """Times, uids and versions of one server. Equal ones stay equal: they are numbered as they come."""

    def __init__(self, script: Script):
        self._text = script.text
        self._uids: dict[str, str] = {}
        self._names: dict[str, int] = {}  # how many objects of that name there were
        self._versions: dict[str, dict[str, str]] = {}  # by uid

    def apply(self, answer, step: Step):
        answer = self._masked(answer)
        for path in step.mask:
            parent, _, name = path.rpartition(".")
            place = value_at(answer, parent) if parent else answer
            if isinstance(place, dict) and name in place:
                place[name] = f"<{name}>"
        return answer

    def _masked(self, value, key: str = ""):
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            items = [self._masked(item, key) for item in value]
            if key == "managedFields":
                return sorted(items, key=_manager)
            return sorted(items, key=_text) if key in _IN_NO_ORDER else items
        if isinstance(value, str):
            return self._string(value, key)
        if key == "nodePort" and str(value) not in self._text:
            return "<port>"
        return value

    def _object(self, value: dict) -> dict:
        if len((value.get("details") or {}).get("causes") or []) > 1:  # the message lists them in their order
            value = {**value, "message": value["message"].split(": ")[0]}
        if value.get("type") == "BOOKMARK":
            value["object"].get("metadata", {}).pop("resourceVersion", None)
        if "uid" in value and "name" in value:
            self._learn(value)
        is_list = "items" in value or "rows" in value
        out = {}
        for name, field in value.items():
            if name == "metadata" and isinstance(field, dict) and is_list and "resourceVersion" in field:
                field = {**field, "resourceVersion": "<of the list>"}
            out[name] = self._masked(field, name)
        return out

    def _learn(self, metadata: dict) -> None:
        """Gives the uid a name, and the version a number among those of this object."""
        uid, name = metadata["uid"], metadata["name"]
        if uid not in self._uids and uid not in self._text:
            self._names[name] = self._names.get(name, 0) + 1
            self._uids[uid] = f"uid of {name}, {self._names[name]}"
        versions = self._versions.setdefault(uid, {})
        if "resourceVersion" in metadata:
            versions.setdefault(metadata["resourceVersion"], f"version {len(versions) + 1}")

    def _version(self, text: str) -> str:
        for versions in self._versions.values():
            if text in versions:
                return versions[text]
        return text

    def _string(self, text: str, key: str) -> str:
        if key == "resourceVersion":
            return self._version(text)
        if key in _SECRETS and text:
            return f"<{key}>"
        if key in ("clusterIP", "clusterIPs") and text.startswith("10.") and text not in self._text:
            return "<address>"
        if key == "cells":
            text = "<age>" if _AGE.fullmatch(text) else _AGO.sub("(<age> ago)", text)
            text = "<address>" if text.startswith("10.") and text not in self._text else text
        text = _TIME.sub(lambda match: match[0] if match[0] in self._text else "<time>", text)
        text = _UUID.sub(lambda match: match[0] if match[0] in self._text
                         else self._uids.get(match[0], "<uid>"), text)
        if key == "message":
            text = _GO_STRUCT.sub("Invalid value: {}: ", _GO_DIFF.sub("", text))
        text = _GENERATED.sub("gen-<suffix>", text)
        if key == "message" and "esourceVersion" in text:
            text = _NUMBER.sub(lambda match: self._version(match[0]), text)
        return text


def _text(value) -> str:
    return json.dumps(value, sort_keys=True)


def _manager(entry: dict) -> tuple:
    return tuple(entry.get(name, "") for name in ("operation", "manager", "subresource", "apiVersion"))

"""What a suite found."""

from dataclasses import dataclass, field


@dataclass
class Result:
    passed: int
    expected: int
    failures: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)  # what, and why

    @property
    def ok(self) -> bool:
        return self.passed >= self.expected and not self.failures

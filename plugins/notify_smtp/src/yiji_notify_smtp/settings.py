"""[notify.smtp] of yiji.toml: the gateway, who we are to it, and how a patient's address is made."""

from string import Formatter
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from yiji.core.settings import Section

FIELDS = ("phone", "patient_id", "visit_number", "numbers")
USUAL_PORTS = {"starttls": 587, "ssl": 465, "none": 25}  # RFC 6409, RFC 8314, RFC 5321 (recalled)


class SmtpSection(Section):
    """[notify.smtp]: nothing is sent without a host. Files may be named from the site's folder on."""

    host: str = ""
    port: int = Field(default=0, ge=0, le=65535)  # 0: the usual one for the security
    security: Literal["starttls", "ssl", "none"] = "starttls"
    user: str = Field(default="", pattern=r"^[!-~]*$")
    password_file: str = ""  # a file that holds the password and nothing else
    ca_file: str = ""  # certificates to trust; empty: the system's
    sender: str = ""  # a plain address
    to: str = ""  # such as {phone}@sms.example, {numbers[HIS]}@hospital.example
    timeout: float = Field(default=10.0, gt=0, le=20)  # seconds for each step

    @field_validator("to")
    @classmethod
    def _names_what_there_is(cls, to: str) -> str:
        named = [name for _, name, _, _ in Formatter().parse(to) if name is not None]
        unknown = [name for name in named if name.partition("[")[0] not in FIELDS or "." in name.partition("[")[0]]
        if unknown or (to and not named):
            raise ValueError(f"must be made of {', '.join('{' + name + '}' for name in FIELDS)}")
        return to

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        missing = [name for name in ("sender", "to") if self.host and not getattr(self, name)]
        if missing:
            raise ValueError(f"needs {' and '.join(missing)} beside host")
        return self

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the gateway."""
        return self.host, self.port or USUAL_PORTS[self.security]

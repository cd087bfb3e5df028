"""Mail: to the terminal or files in development, SMTP in production. Headers are built by the library (W10)."""

from __future__ import annotations

import logging
import smtplib
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256

import config
from civic.kit import clock
from civic.notify.words import Letter

TIMEOUT = 10
"""Seconds for the whole talk with the mail server (R17)."""
log = logging.getLogger("civic.mail")


def build(settings: config.Settings, to: str, letter: Letter, key: str) -> EmailMessage:
    """The mail; its Message-ID comes from the outbox key, so that a repeat can be recognised."""
    message = EmailMessage()
    message["From"], message["To"] = settings.mail.sender, to
    message["Subject"] = " ".join(letter.text.split())[:120]
    message["Message-ID"] = f"<{sha256(key.encode()).hexdigest()[:40]}@civic.invalid>"
    message["Date"] = format_datetime(clock.now())
    message.set_content(f"{letter.text}\n\n{settings.base_url.rstrip('/')}{letter.link}\n\n请登录后查看。本信不含任何反映人信息。\n")
    return message


def send(settings: config.Settings, to: str, letter: Letter, key: str) -> None:
    """Sends one mail by the configured backend; raises OSError or smtplib.SMTPException when it did not go."""
    message = build(settings, to, letter, key)
    if settings.mail.backend == "console":
        log.info("mail to %s: %s", to, message["Subject"])
        return
    if settings.mail.backend == "file":
        folder = settings.var_dir / "mail"
        folder.mkdir(parents=True, exist_ok=True)
        name = key.replace(":", "-").replace("/", "-")
        (folder / f"{name}.eml").write_bytes(bytes(message))
        return
    with smtplib.SMTP(settings.mail.host, settings.mail.port, timeout=TIMEOUT) as server:
        if settings.mail.starttls:
            server.starttls()
        if settings.mail.user:
            server.login(settings.mail.user, settings.mail.password)
        server.send_message(message)

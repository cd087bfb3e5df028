"""The background tasks by the name they are promised under in the outbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import config
from civic.departments import takeout
from civic.jobs import bundle
from civic.models import Outbox
from civic.newsroom import fieldfiles, fieldsync
from civic.notify import deliver

TASKS: Mapping[str, Callable[[Outbox, config.Settings], None]] = {
    "mail": deliver.mail_job, takeout.TASK: bundle.work, fieldsync.FILE_TASK: fieldfiles.work,
}

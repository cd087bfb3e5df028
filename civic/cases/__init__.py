"""Cases 案件, their exposure, and the tasks 任务 done for them."""

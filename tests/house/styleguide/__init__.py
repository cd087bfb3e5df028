"""The style guide: every component with lifelike, invented content. `python -m tests.house.styleguide` serves it."""

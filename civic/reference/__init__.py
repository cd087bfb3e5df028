"""Reference data with dates: import with a diff, lookups, the working calendar, the county's own settings."""

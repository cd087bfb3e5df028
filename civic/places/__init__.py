"""Places: areas and their boundaries, what lies in them, place names and how people write them, a day's route."""

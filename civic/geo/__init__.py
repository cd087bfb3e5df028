"""Coordinates and areas: datum conversion, public blurring, columns."""

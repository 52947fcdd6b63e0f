"""Eye cameras: found, opened, watched, and opened again."""

"""Who may be whom by what is said of them: pure, and the same whatever was said first."""

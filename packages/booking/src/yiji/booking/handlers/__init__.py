"""What booking does when it is told to: commands in, outcomes and events out."""

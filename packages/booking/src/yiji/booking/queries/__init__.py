"""What booking answers when it is asked."""

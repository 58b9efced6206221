"""The command line's words in Chinese and English."""

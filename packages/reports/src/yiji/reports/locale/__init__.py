"""Reports' words in Chinese and English."""

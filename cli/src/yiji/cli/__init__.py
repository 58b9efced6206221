"""The command line `yiji`: a face that loads a wing's commands only when they are called."""

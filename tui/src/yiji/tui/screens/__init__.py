"""The screens of the desk, each with its sheet in `css`."""

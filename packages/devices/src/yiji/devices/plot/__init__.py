"""Pictures of a recording: to scale as SVG and PNG, and in the terminal. Pure: values in, text or bytes out."""

"""Where things stand on the sheet, in mm: A4 landscape, everything as wide as the grid."""

LEFT = 18.5
WIDTH = 260.0  # 10 mm for the calibration pulse and 250 mm of trace
RIGHT = LEFT + WIDTH
TITLE = 13.0  # baseline of the hospital's name
HEADER = 23.0  # top of the header table
ROW = 5.6  # height of a header row
PANEL_BOTTOM = 63.0  # of the numbers and the findings
GRID = 65.0
GRID_HEIGHT = 125.0
GRID_BOTTOM = GRID + GRID_HEIGHT
PULSE = 10.0  # width kept for the calibration pulse
FOOT = GRID_BOTTOM + 4.4  # baseline of the footer's first line
FOOT_STEP = 4.6

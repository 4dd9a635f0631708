"""One definition per figure, as data and folds; without it nothing is counted."""

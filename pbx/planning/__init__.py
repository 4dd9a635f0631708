"""Planning: forecast, staffing, what-if and roster, as functions of arrays.

Nothing of this is imported by the running exchange: numpy stays out of the live process.
"""

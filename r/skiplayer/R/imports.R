# For `.data` of ggplot2, which is there where it is used.
utils::globalVariables(".data")

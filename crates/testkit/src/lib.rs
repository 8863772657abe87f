//! For tests alone: a whole hub in a test, on either database.

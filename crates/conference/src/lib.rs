//! Live rooms: admission, roles, waiting, roster, slot assignment.

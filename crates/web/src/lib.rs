//! The built browser apps, embedded in the program.

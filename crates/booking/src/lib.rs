//! Meetings, templates, numbers and PINs, and the life of a booked room.

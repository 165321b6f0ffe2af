//! The ground: what the database holds true whatever the code above it does.

mod tenancy;

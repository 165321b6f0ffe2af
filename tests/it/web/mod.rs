//! What every page and API handler stands on, through a real port.

mod login;
mod problems;
mod queries;
mod routes;

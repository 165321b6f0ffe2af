//! What every page and API handler stands on, through a real port.

mod access;
mod login;
mod practices;
mod problems;
mod queries;
mod routes;

//! The ground: what the database holds true whatever the code above it does.

mod application;
mod files;
mod idempotency;
mod jobs;
mod mailbox;
mod migrations;
mod organizations;
mod private_server;
mod statements;
mod tenancy;
mod transactions;

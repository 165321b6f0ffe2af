//! What a person sees and changes of their own access.

pub mod pages;

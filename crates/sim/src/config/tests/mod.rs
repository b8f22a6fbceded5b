//! The module as its users meet it.

mod broken;

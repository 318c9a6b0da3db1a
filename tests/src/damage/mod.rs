//! Damaged files: a store whose bytes are not what was written, and what each reader makes of it.

mod answers;
mod image;
mod trial;

pub use image::Image;
pub use trial::Found;

//! The process that the crash tests kill.

fn main() {
    highwater_tests::crash::child();
}

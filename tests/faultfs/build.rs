//! Compiles the shim against the sources of the RocksDB that is linked, and the library to preload.

fn main() {
    preloaded();
    println!("cargo:rerun-if-changed=cpp/faultfs.cc");
    // Cargo hands it to those that depend on librocksdb-sys themselves.
    let sources = std::env::var("DEP_ROCKSDB_CARGO_MANIFEST_DIR")
        .expect("librocksdb-sys says where its sources are");
    cc::Build::new()
        .cpp(true)
        .std("c++20")
        .include(format!("{sources}/rocksdb/include"))
        .include(format!("{sources}/rocksdb"))
        .flag("-include")
        .flag("cstdint")
        // RocksDB's headers are not ours to tidy.
        .warnings(false)
        .define("NDEBUG", "1")
        .define("OS_LINUX", None)
        .define("ROCKSDB_PLATFORM_POSIX", None)
        .define("ROCKSDB_LIB_IO_POSIX", None)
        .file("cpp/faultfs.cc")
        .compile("faultfs");
}

/// A library of its own, since it comes before the C library in a process that knows nothing of it.
fn preloaded() {
    let source = "cpp/failing_fsync.c";
    println!("cargo:rerun-if-changed={source}");
    let folder = std::env::var("OUT_DIR").expect("cargo says where to build");
    let mut compiler = cc::Build::new().get_compiler().to_command();
    compiler.args(["-shared", "-fPIC", source, "-o"]).arg(format!("{folder}/failing_fsync.so"));
    let status = compiler.status().expect("a compiler of C");
    assert!(status.success(), "{source} does not compile");
}

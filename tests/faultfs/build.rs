//! Compiles the shim against the sources of the RocksDB that is linked.

fn main() {
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

//! Embeds the apps anew when they have been built anew.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../../web/dist");
    // A path that is missing counts as changed at every build, and the program
    // would be linked anew each time. Where the folder cannot be made, that is
    // all that happens.
    if let Err(error) = std::fs::create_dir_all("../../web/dist") {
        println!("cargo:warning=web/dist is missing and cannot be made: {error}");
    }
}

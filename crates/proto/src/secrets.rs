/// What the contract marks `secret` in a message: kept by the box, never shown. Written by the build
/// for every message, from the descriptors.
pub trait Secrets {
    /// False: there is nothing to clear, and nothing to copy a message for.
    const HAS_SECRETS: bool;

    /// Takes the secrets out, of what the message holds too.
    fn clear_secrets(&mut self) {}
}

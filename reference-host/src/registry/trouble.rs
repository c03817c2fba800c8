//! What can go wrong with a registry.

use super::RegistryError;
use super::client::Pulling;
use oci_client::errors::OciDistributionError;

/// Why there is no module.
pub(super) enum Trouble {
    /// The registry cannot be reached, or is not well: what is stored may be used.
    Away(String),
    /// The registry answered, and that is that.
    Refused(RegistryError),
}

impl Pulling<'_> {
    /// What an answer of the registry means.
    pub(super) fn trouble(&self, error: OciDistributionError) -> Trouble {
        let refused = |problem: &str, hint: &str| Trouble::Refused(self.error(problem, hint));
        match error {
            OciDistributionError::RequestError(error) => {
                let error: &dyn std::error::Error = &error;
                let causes = std::iter::successors(Some(error), |error| error.source());
                let cause = causes.last().map_or_else(String::new, ToString::to_string);
                let cause = cause.split(" (os error").next().unwrap_or_default();
                Trouble::Away(cause.to_lowercase())
            }
            OciDistributionError::ServerError { code, .. } if code >= 500 => {
                Trouble::Away(format!("it answers with {code}"))
            }
            OciDistributionError::ImageManifestNotFoundError(_) => {
                refused("there is no such artifact", "is the tag right?")
            }
            OciDistributionError::RegistryError { envelope, .. } => {
                let hint = "are the repository and the tag right, and may you read them?";
                refused(&envelope.to_string(), hint)
            }
            OciDistributionError::UnauthorizedError { .. }
            | OciDistributionError::AuthenticationFailure(_) => refused(
                "it does not let us in",
                "log in with `docker login`: its configuration file is read",
            ),
            OciDistributionError::IoError(error) => refused(&error.to_string(), "push it again"),
            OciDistributionError::DigestError(error) => refused(
                &error.to_string(),
                "what came is not what the manifest says",
            ),
            error => refused(&error.to_string(), "is it an artifact with a module?"),
        }
    }

    /// What is told to the user.
    pub(super) fn error(&self, problem: &str, hint: &str) -> RegistryError {
        RegistryError {
            problem: format!("cannot pull `oci:{}`: {problem}", self.image.whole()),
            hint: hint.to_string(),
        }
    }
}

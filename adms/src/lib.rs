//! The HTTP push protocol (ADMS) of attendance terminals.

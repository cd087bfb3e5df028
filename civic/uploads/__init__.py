"""Resumable uploads: the tus 1.0.0 protocol over real files under the writable folder."""

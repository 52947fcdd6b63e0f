"""The plugins that come with gazed, registered exactly as a third party's are."""

"""The page: the only importer of gradio. Shell, forms, presenters, views and tabs."""

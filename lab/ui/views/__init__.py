"""Facts → HTML: what each tab shows, without gradio and without services, so that it can be tested as text."""

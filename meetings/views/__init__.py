"""The pages of meetings. Pages that join meetings with materials are in `hub/pages/`."""

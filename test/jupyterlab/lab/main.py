"""JupyterLab's page on Debian's jupyterlab_server; started with the options of the Jupyter server."""
import json
from pathlib import Path

from jupyterlab_server import LabServerApp

HERE = Path(__file__).resolve().parent


class App(LabServerApp):
    name = __name__
    extension_url = default_url = "/lab"
    load_other_extensions = False
    app_name = "JupyterLab"
    app_version = json.loads((HERE / "package.json").read_text())["version"]
    static_dir = str(HERE / "build")
    schemas_dir = str(HERE / "build" / "schemas")
    themes_dir = str(HERE / "build" / "themes")
    app_settings_dir = str(HERE / "build" / "application_settings")
    templates_dir = str(HERE / "templates")

    def initialize_settings(self):
        super().initialize_settings()
        self.serverapp.web_app.settings["terminals_available"] = False


def _jupyter_server_extension_points():
    return [{"module": __name__, "app": App}]


if __name__ == "__main__":
    App.launch_instance()

using System.Diagnostics;

namespace Appliance.Web.Certificates.Acme;

/// <summary>lego, the program that speaks ACME for us: where it is, and how it is started.</summary>
public sealed class LegoProgram(string setting, Func<string, string?> environment)
{
    /// <summary>What to do where it is missing.</summary>
    public const string HowToGet =
        "Install it (Debian and Ubuntu: apt-get install lego; others: https://github.com/go-acme/lego/releases) or set APPLIANCE_LEGO "
        + "to where it is.";

    // Where a machine may go out through, and whom it trusts: settings of the machine, not of this product.
    private static readonly string[] _ofTheMachine =
    [
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "no_proxy",
    ];

    /// <summary>The path of lego, or null when it is not installed. Looked up each time, since it may be installed meanwhile.</summary>
    public string? File =>
        setting.Contains('/', StringComparison.Ordinal)
            ? Runs(Path.GetFullPath(setting))
            : (environment("PATH") ?? "")
                .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .Select(folder => Runs(Path.Combine(folder, setting)))
                .FirstOrDefault(file => file is not null);

    /// <summary>Why it cannot be used, as a sentence, or null.</summary>
    public string? Missing =>
        File is not null ? null
        : setting.Contains('/', StringComparison.Ordinal) ? $"lego is not at {setting}, where APPLIANCE_LEGO says it is. {HowToGet}"
        : $"The program {setting}, which orders certificates, is not on this machine. {HowToGet}";

    /// <summary>What it may take out of this process's environment.</summary>
    internal IEnumerable<KeyValuePair<string, string>> MachineVariables =>
        _ofTheMachine.Select(name => KeyValuePair.Create(name, environment(name) ?? "")).Where(variable => variable.Value.Length > 0);

    /// <summary>Starts it with exactly this environment, nothing to read, and both outputs to be read.</summary>
    internal static Process Start(
        string file,
        IEnumerable<string> arguments,
        string folder,
        IEnumerable<KeyValuePair<string, string>> environment
    )
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new InvalidOperationException("No process was started.");
        process.StandardInput.Close();
        return process;
    }

    private static string? Runs(string file) =>
        System.IO.File.Exists(file)
        && (
            OperatingSystem.IsWindows()
            || (System.IO.File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute))
                != 0
        )
            ? file
            : null;
}

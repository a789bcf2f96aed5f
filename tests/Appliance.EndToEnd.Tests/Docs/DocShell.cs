using Appliance.Testing;

namespace Appliance.EndToEnd.Tests.Docs;

/// <summary>
/// A shell in a product's folder, with <c>appliance</c> on its path, and stand-ins for what a test may not do to a machine.
/// </summary>
internal sealed class DocShell : IDisposable
{
    private readonly ApplianceProcess _product;
    private readonly string _programs = Directory.CreateTempSubdirectory("appliance-path-").FullName;

    /// <summary>A shell for that product.</summary>
    public DocShell(ApplianceProcess product)
    {
        _product = product;
        Program("appliance", $"exec {string.Join(' ', product.Starts)} \"$@\"");
        // As root, or as nobody in particular: a test has the rights that it needs in its own folder.
        Program("sudo", "exec env \"$@\"");
    }

    /// <summary>More variables.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>Puts a program on the path.</summary>
    public void Program(string name, string script)
    {
        var file = Path.Combine(_programs, name);
        File.WriteAllText(file, $"#!/bin/bash\n{script}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Runs a script; its exit code, and what it said on both outputs in their order.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(string script)
    {
        var (code, output, _) = await _product.RunAsync(
            ["/bin/bash", "-c", "exec 2>&1\n" + script],
            new Dictionary<string, string>(Variables) { ["PATH"] = _programs + ":" + Environment.GetEnvironmentVariable("PATH") },
            TimeSpan.FromMinutes(10)
        ); // a script may build the product
        return (code, output);
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_programs, recursive: true);
}

using Appliance.Proxy.Items;

namespace Appliance.Proxy.Config;

/// <summary>A config that passed. Only <see cref="ConfigValidator"/> makes one.</summary>
public sealed class ValidConfig
{
    internal ValidConfig(ProxyConfig config) => Config = config;

    /// <summary>The config that passed the checks.</summary>
    public ProxyConfig Config { get; }
}

/// <summary>The result of a check.</summary>
/// <param name="Valid">Null when there are <paramref name="Errors"/>.</param>
/// <param name="Errors">Errors that the edit introduces.</param>
/// <param name="Older">Errors that were there before the edit.</param>
/// <param name="Warnings">Warnings, new and old.</param>
public sealed record ConfigCheck(
    ValidConfig? Valid,
    IReadOnlyList<ConfigProblem> Errors,
    IReadOnlyList<ConfigProblem> Older,
    IReadOnlyList<ConfigProblem> Warnings
);

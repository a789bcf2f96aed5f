namespace Appliance.Proxy.Config;

/// <summary>The only maker of a <see cref="ValidConfig"/>.</summary>
public sealed class ConfigValidator
{
    /// <summary>
    /// Checks <paramref name="next"/> whole. Problems that <paramref name="head"/> already has do not refuse it. Items with the same reference as in head are
    /// not checked again. Pure but for a cache of results by item reference.
    /// </summary>
    public ConfigCheck Check(ProxyConfig head, ProxyConfig next) => throw new NotImplementedException();
}

/// <summary>A config that passed. Only <see cref="ConfigValidator"/> makes one.</summary>
public sealed class ValidConfig
{
    internal ValidConfig(ProxyConfig config) => Config = config;

    /// <summary>What passed.</summary>
    public ProxyConfig Config { get; }
}

/// <summary>The result of a check.</summary>
/// <param name="Valid">Null when there are <paramref name="Errors"/>.</param>
/// <param name="Errors">Errors that the edit introduces.</param>
/// <param name="Older">Errors that were there before the edit.</param>
/// <param name="Warnings">Warnings, new and old.</param>
public sealed record ConfigCheck(ValidConfig? Valid, IReadOnlyList<ConfigProblem> Errors, IReadOnlyList<ConfigProblem> Older, IReadOnlyList<ConfigProblem> Warnings);

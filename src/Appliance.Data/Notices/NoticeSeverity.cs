namespace Appliance.Data.Notices;

/// <summary>How much a trouble matters. The higher, the worse.</summary>
public enum NoticeSeverity
{
    /// <summary>Nothing is wrong: something that somebody waited for has happened.</summary>
    Info,

    /// <summary>Somebody should look at it; clients are served.</summary>
    Warning,

    /// <summary>Clients get errors, or will soon; or nothing can be saved.</summary>
    Critical,
}

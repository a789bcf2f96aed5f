namespace Appliance.Data.Rights;

/// <summary>What somebody may do. Each role includes those before it.</summary>
public enum Role
{
    /// <summary>Sees routes, pools, maps, figures and connections; changes nothing.</summary>
    Viewer = 1,

    /// <summary>Edits routes, pools and maps, closes and drains.</summary>
    Operator = 2,

    /// <summary>People, settings, audit, and the messages of a connection.</summary>
    Administrator = 3,
}

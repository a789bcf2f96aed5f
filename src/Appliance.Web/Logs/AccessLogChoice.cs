namespace Appliance.Web.Logs;

/// <summary>Where lines of the access log go, and what they say; as texts, as the settings have them.</summary>
/// <param name="Place"><c>off</c>, <c>stdout</c>, a path, or both with a comma in between (<c>APPLIANCE_ACCESS_LOG</c>).</param>
/// <param name="Format"><c>combined</c>, <c>json</c> or a template (<c>APPLIANCE_ACCESS_LOG_FORMAT</c>).</param>
public sealed record AccessLogChoice(string Place, string Format);

/// <summary>The access log while the process runs.</summary>
public interface IAccessLogSwitch
{
    /// <summary>What the settings say.</summary>
    AccessLogChoice Setting { get; }

    /// <summary>What counts now.</summary>
    AccessLogChoice Now { get; }

    /// <summary>
    /// The folder for files that are chosen in the console: who may use the console may not write elsewhere on this machine.
    /// </summary>
    string Folder { get; }

    /// <summary>Takes a choice from now on. Null, or why it cannot be taken: then what was before counts.</summary>
    /// <param name="choice">The choice.</param>
    /// <param name="isLocal">
    /// It comes from this machine's own user, who may name any path but those of the data folder; else from the console, which may name the
    /// file that is written now, that of the setting, or one in <see cref="Folder"/>.
    /// </param>
    (AccessLogField Field, string Sentence)? Change(AccessLogChoice choice, bool isLocal);
}

/// <summary>A part of a choice.</summary>
public enum AccessLogField
{
    /// <summary>Where lines go.</summary>
    Place,

    /// <summary>What they say.</summary>
    Format,
}

using Outlined = MudBlazor.Icons.Material.Outlined;

namespace Appliance.Web.Controls;

/// <summary>The console's icons, by what they stand for: one thing, one picture, on every page.</summary>
public static class Glyphs
{
    /// <summary>The product.</summary>
    public const string Logo =
        "<g fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M4 7h9a4 4 0 0 "
        + "1 0 8H9'/><path d='M12 12l-3 3 3 3'/><path d='M20 7h-1M4 15h1'/></g>";

    /// <summary>The dashboard.</summary>
    public const string Dashboard = Outlined.SpaceDashboard;

    /// <summary>Open WebSockets.</summary>
    public const string Connections = Outlined.SyncAlt;
    public const string Requests = Outlined.List;

    /// <summary>Routes.</summary>
    public const string Routes = Outlined.AltRoute;

    /// <summary>Upstream pools.</summary>
    public const string Pools = Outlined.Dns;

    /// <summary>Header maps.</summary>
    public const string Maps = Outlined.MultipleStop;

    /// <summary>Certificates.</summary>
    public const string Certificates = Outlined.WorkspacePremium;

    /// <summary>TLS policies.</summary>
    public const string Policies = Outlined.Shield;

    /// <summary>Revisions.</summary>
    public const string History = Outlined.History;

    /// <summary>Notices.</summary>
    public const string Bell = Outlined.Notifications;

    /// <summary>The audit trail.</summary>
    public const string Audit = Outlined.FactCheck;

    /// <summary>People who sign in.</summary>
    public const string People = Outlined.Group;

    /// <summary>One person.</summary>
    public const string Person = Outlined.AccountCircle;

    /// <summary>Something that this person may not do.</summary>
    public const string Lock = Outlined.Lock;

    /// <summary>Search.</summary>
    public const string Search = Outlined.Search;

    /// <summary>Light or dark.</summary>
    public const string Theme = Outlined.Contrast;

    /// <summary>The navigation where there is no room for it.</summary>
    public const string Menu = Outlined.Menu;

    /// <summary>Add.</summary>
    public const string Plus = Outlined.Add;

    /// <summary>Move up, or ascending.</summary>
    public const string Up = Outlined.KeyboardArrowUp;

    /// <summary>Move down, or descending.</summary>
    public const string Down = Outlined.KeyboardArrowDown;

    /// <summary>Close or remove.</summary>
    public const string Close = Outlined.Close;

    /// <summary>Delete.</summary>
    public const string Delete = Outlined.DeleteOutline;

    /// <summary>Copy or duplicate.</summary>
    public const string Copy = Outlined.ContentCopy;

    /// <summary>Edit.</summary>
    public const string Edit = Outlined.Edit;

    /// <summary>Save to a file.</summary>
    public const string Download = Outlined.Download;

    /// <summary>Needs a look.</summary>
    public const string Warning = Outlined.WarningAmber;

    /// <summary>Works.</summary>
    public const string Good = Outlined.CheckCircle;

    /// <summary>Not known yet.</summary>
    public const string Untried = Outlined.RadioButtonUnchecked;

    /// <summary>Fails.</summary>
    public const string Bad = Outlined.Cancel;

    /// <summary>Drained or switched off.</summary>
    public const string Paused = Outlined.PauseCircle;

    /// <summary>A row that can be dragged.</summary>
    public const string Grip = Outlined.DragIndicator;

    /// <summary>Opens what lies below a row.</summary>
    public const string Unfold = Outlined.Tune;

    /// <summary>Leads out of the console.</summary>
    public const string External = Outlined.OpenInNew;

    /// <summary>Facts about the product.</summary>
    public const string Info = Outlined.Info;

    /// <summary>The end of a session.</summary>
    public const string SignOut = Outlined.Logout;

    /// <summary>Show what is typed.</summary>
    public const string Eye = Outlined.Visibility;

    /// <summary>Hide what is typed.</summary>
    public const string EyeOff = Outlined.VisibilityOff;

    /// <summary>A label of an item.</summary>
    public const string Tag = Outlined.LocalOffer;

    /// <summary>The picture of this name, in lower case; empty for an unknown name.</summary>
    public static string Of(string name) =>
        name switch
        {
            "logo" => Logo,
            "dashboard" => Dashboard,
            "connections" => Connections,
            "requests" => Requests,
            "routes" => Routes,
            "pools" => Pools,
            "maps" => Maps,
            "certificates" => Certificates,
            "policies" => Policies,
            "history" => History,
            "bell" => Bell,
            "audit" => Audit,
            "people" => People,
            "person" => Person,
            "lock" => Lock,
            "search" => Search,
            "theme" => Theme,
            "menu" => Menu,
            "plus" => Plus,
            "up" => Up,
            "down" => Down,
            "close" => Close,
            "delete" => Delete,
            "copy" => Copy,
            "edit" => Edit,
            "download" => Download,
            "warning" => Warning,
            "good" => Good,
            "untried" => Untried,
            "bad" => Bad,
            "paused" => Paused,
            "grip" => Grip,
            "unfold" => Unfold,
            "external" => External,
            "info" => Info,
            "sign-out" => SignOut,
            "eye" => Eye,
            "eye-off" => EyeOff,
            "tag" => Tag,
            _ => "",
        };
}

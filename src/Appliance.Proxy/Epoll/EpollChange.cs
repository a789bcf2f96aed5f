namespace Appliance.Proxy.Epoll;

/// <summary>The operations of epoll_ctl(2).</summary>
internal enum EpollChange
{
    /// <summary>EPOLL_CTL_ADD.</summary>
    Add = 1,

    /// <summary>EPOLL_CTL_MOD.</summary>
    Modify = 3,
}
